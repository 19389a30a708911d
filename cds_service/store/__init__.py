"""What is kept: feedback and the ids of used tokens. Nothing here is imported on a hook call with `AUTH=off`."""
