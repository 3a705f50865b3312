#!/bin/sh
# Install what a Slurm on this one machine needs. Exit code 77: it cannot be had here.
set -u

refuse() {
    echo "Slurm cannot be installed here: $1." >&2
    exit 77
}

for command in munged mariadbd slurmdbd slurmctld slurmd sbatch srun; do
    PATH="$PATH:/usr/sbin" command -v "$command" >/dev/null || missing="${missing:-} $command"
done
[ "$(id -u)" = 0 ] || refuse "its daemons need root"
[ -n "${missing:-}" ] || exit 0
command -v apt-get >/dev/null || refuse "this machine lacks$missing, and is no Debian"
echo "Installing Slurm: this machine lacks$missing."
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -y -qq --no-install-recommends \
    slurm-wlm munge slurmdbd mariadb-server >/dev/null || refuse "apt-get failed, see above"
