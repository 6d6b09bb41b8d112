"""The lab's network: a switch, and a namespace with one cable for each host.

Chosen: a few lines for `ip -batch`. munet starts its hosts itself and ends them with itself, where these outlive the
command and get a new pid 1 at each reboot; pyroute2 speaks netlink, which is more code than the lines that everybody
who looks at the lab knows how to read, and `ip` is needed anyway.
"""
