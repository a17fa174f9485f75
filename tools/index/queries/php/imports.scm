(namespace_use_clause (qualified_name) @module !alias) @import
(namespace_use_clause (qualified_name) @module alias: (name) @alias) @import
(require_expression (string) @module) @import
(require_once_expression (string) @module) @import
(include_expression (string) @module) @import
(include_once_expression (string) @module) @import
