"""Names of classes and files that are plausible, and that something may take for something else."""

LONG = "x" * 200
ODD = ("true", "label", "id", "class", "class true", "part", "encoder", "accuracy_percent", "Total", "nan", "None",
       "1e5", "001", "1", r"cost $\frac$ x", "$5", "A_B & 50 %", "a|b", "<b>bold<b>", "=1+1", "line\nbreak",
       "line\r\nends", "one\rtwo", "tab\there", " lead", "trail ", " ", '"quoted", comma', "it's",
       "r\u200f\u05d0\u202elock", "\u79ef\u4e91", "caf\u00e9", "back\\slash", LONG)
