"""One page of a letter over a real fax line, modem to modem: run before a release."""
