"""A small synchronous grammar for German and English: reader, inflection and expansion."""
