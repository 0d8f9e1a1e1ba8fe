COME = True
