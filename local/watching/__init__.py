"""One person's badges and banners, live."""
