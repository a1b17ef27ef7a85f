"""The upload page: a face that takes files from a browser, runs the job in a worker, and shows the report."""
