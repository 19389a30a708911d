"""What people see: the therapy timeline, the demo page, the report of an assessment and the page of the API.

`timeline` turns a history into plain data and `figure` turns those into a drawing; both are pure. The rest serves files.
"""
