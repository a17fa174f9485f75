(using_declaration (identifier) @module) @import
