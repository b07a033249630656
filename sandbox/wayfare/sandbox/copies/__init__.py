"""Local processes that stand for the pods of copies between buckets: the same rclone, between the buckets' folders."""
