"""Teams: `listen`, `auth`, `intake` take in; `render`, `messenger`, `connector` bring out; `directory` knows people."""
