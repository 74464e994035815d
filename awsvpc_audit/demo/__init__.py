"""An embedded AWS emulator with a sample account in it: real API calls over HTTP, no credentials, no AWS."""
