"""Fields whose values are worked out: formulas over a record and what it leads to, rollups over what leads to it.

    names          fields as names and values of the formula language, and results as stored values
    formulas       a formula field's definition read, checked and compiled
    rollups        a rollup field's definition read, and its values asked of the database
    plans          all computed fields of a tenant: order, who depends on whom, no circles
    rights         who may see a computed value: whoever may see everything it is made of
    filling        formulas of records that are being written
    spreading      what a write means for computed values of other records: here and now, or by a job
    recalculating  all records of a type, with progress: a field was defined, a day began, somebody asked

A computed value stands in the record's `custom` JSON and in the typed value table like that of any custom field.
"""
