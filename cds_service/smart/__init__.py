"""The SMART on FHIR app: launch, sign-in with the EHR, and the page with the timeline and the options in full.

`flow` decides and is pure; `vault` holds the keys; `sessions` keeps what has to be remembered, encrypted, in the store;
`discovery` and `exchange` talk to the EHR's server; `chart` reads the chart; `views` are the three addresses.
Nothing of it runs on a hook call but the link on the cards.
"""
