"""What must be said of a story, by definition: written from the rules, from exact dates, without a record and without the product."""
