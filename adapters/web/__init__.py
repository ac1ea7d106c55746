"""The practice desk: the bot on a local web page."""
