"""What is configured otherwise in one snapshot than in another: members of AWS's answers, declared and compared."""
