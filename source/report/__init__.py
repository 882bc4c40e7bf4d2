"""What comparing trees came to, as text, as JSON, and as SARIF."""
