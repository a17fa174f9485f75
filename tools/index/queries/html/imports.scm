((attribute (attribute_name) @_src (quoted_attribute_value (attribute_value) @module)) @import
  (#any-of? @_src "src" "href"))
