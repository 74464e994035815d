"""What no API call answers: AWS limits and message texts, as tables whose rows have a source."""
