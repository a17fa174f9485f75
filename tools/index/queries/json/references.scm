(string_content) @name
