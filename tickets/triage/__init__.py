"""Deciding on mails of customers: answer, ask for details, or hand over to a person, and saying why.

`queue` holds what waits, `claims` who works on it, `work` carries one decision through: `case` gathers, `rules` and
`person` are asked first, `asking` (a model) or `local` decides, `policy` says what may be done with the decision,
`acting` does it in the transaction that ends the row. `verdicts` learns from what staff do with drafts: `calibration`,
`autopilot`.
"""
