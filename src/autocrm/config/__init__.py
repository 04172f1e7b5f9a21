"""Floor 10, the composition root: settings, urls, servers, commands; the only code that knows everything."""
