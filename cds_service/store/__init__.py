"""What is kept: feedback, the ids of used tokens, SMART sessions, encrypted. Nothing is imported on a hook call with `AUTH=off`."""
