/** What base64url stands for, as in tokens and keys: a character for each byte. */
export const fromBase64url = (text: string): string => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
