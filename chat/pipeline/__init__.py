"""From a question to an answer that was thought through: analysis, plan, tools, answer, judgement."""
