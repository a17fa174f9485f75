(attribute_value) @name
(tag_name) @call
