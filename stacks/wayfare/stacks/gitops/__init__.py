"""A repository that brings clusters up from pull requests: what it holds, and what its pipeline's steps do."""
