r"""One typed filter language, spoken by views, segments, triggers, reports, permission and routing rules.

    parsing.parse(json, schema)                   -> Condition            (or Invalid, all faults at once)
    params.from_params(query, schema)             -> Condition            ?sector=medical&revenue__gt=1000
    tree.to_json(condition)                       -> the stored form
    sql.to_q(condition, schema, context)          -> Q                    \ agree row for row,
    predicate.to_predicate(condition, schema, context) -> row -> bool     /  proved by property tests
    words.describe(condition, schema)             -> "Sector is medical and Revenue is more than 1,000"
    tree.fields_of(condition)                     -> the field ids it watches
    builder.builder_schema(schema)                -> what the filter builder of the page draws

The caller names fields by id; only a `schema.FieldSchema`, written by a record type, turns an id into a column. A field
the actor may not read is refused exactly as one that does not exist.

Inside: parsing/params -> binding (ids to fields, JSON to typed operands) -> lowering (operators and relative dates to
a dozen plain tests) -> sql | predicate (each test once).
"""
