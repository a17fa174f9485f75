(using_directive (qualified_name) @module) @import
(using_directive (identifier) @module) @import
