"""The outside: platforms, web, command line; `app` puts it all together."""
