"""Local processes that stand for the pods of trainings, where no container runs."""
