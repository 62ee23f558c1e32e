"""The service itself: enquiry → offer → booking → run, its rules, its database, its API and its worker."""
