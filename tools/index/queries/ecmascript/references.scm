(call_expression function: (identifier) @call)
(call_expression function: (member_expression property: (_) @method_call))
(new_expression constructor: (identifier) @call)
(new_expression constructor: (member_expression property: (_) @method_call))
(member_expression property: (property_identifier) @attribute)
(member_expression property: (private_property_identifier) @attribute)
(pair key: (property_identifier) @keyword)
(pair_pattern key: (property_identifier) @keyword)
(identifier) @name
(shorthand_property_identifier) @name
(shorthand_property_identifier_pattern) @name
