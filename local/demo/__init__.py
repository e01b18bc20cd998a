"""A construction project that keeps talking, so that a newcomer sees badges and banners move."""
