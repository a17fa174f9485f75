(using_declaration (qualified_identifier) @module) @import
