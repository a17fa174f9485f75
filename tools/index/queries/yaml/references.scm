(alias_name) @call
(string_scalar) @name
