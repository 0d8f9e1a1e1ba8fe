"""The running lab: a server, templates, sandboxes, and the state of one."""
