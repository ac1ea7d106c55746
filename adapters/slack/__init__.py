"""Slack: `listen`, `verify`, `intake` take in; `render`, `messenger` bring out; `directory` says who is who."""
