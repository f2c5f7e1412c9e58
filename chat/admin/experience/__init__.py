from chat.admin.experience.experiences import ExperienceAdmin

__all__ = ["ExperienceAdmin"]
