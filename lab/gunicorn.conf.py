"""How gunicorn serves the depot; where it listens is said on its command line."""

# --8<-- [start:gunicorn]
wsgi_app = "depot.wsgi"
workers = 1  # 2 x cores + 1 on a server
threads = 4  # a slow request must not keep a probe waiting
timeout = 30
accesslog = "-"
errorlog = "-"
control_socket_disable = True
# --8<-- [end:gunicorn]
