#!/bin/sh
# Boots systemd in namespaces of its own over this machine's files; whatever it changes is gone afterwards.
#   unshare --pid --fork --mount --net --cgroup --kill-child boot.sh FOLDER PACKAGES IMPORTED EXCHANGE
# FOLDER: an empty folder to mount on · PACKAGES: folder of *.deb to install · IMPORTED: the foundation networks ·
# EXCHANGE: a folder that the booted system sees as /mnt; its inside.py is run there, and then the system ends.
set -eu
base=$1 packages=$2 imported=$3 exchange=$4
mount --make-rprivate /
mount -t tmpfs tmpfs "$base"
mkdir "$base/upper" "$base/work" "$base/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$base/root"
root=$base/root
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount --bind "$exchange" "$root/mnt"
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
    mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
    mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
    mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
fi
ip link set lo up
# A container's way of having packages start and stop nothing; this is a system of its own.
rm -f "$root/usr/sbin/policy-rc.d"
# Bound, for the folder may be under a /tmp that is hidden here.
mkdir "$root/run/packages"
mount --bind "$packages" "$root/run/packages"
chroot "$root" sh -c 'dpkg --force-confnew --install /run/packages/*.deb'
umount "$root/run/packages"
mount --bind "$imported" "$root/var/lib/editable-deepsc/imported"
cat >"$root/etc/systemd/system/inside.service" <<F
[Unit]
After=basic.target
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 -B /mnt/inside.py
ExecStopPost=/bin/systemctl poweroff --force --force
StandardOutput=file:/mnt/inside.log
StandardError=file:/mnt/inside.log
F
cat >"$root/etc/systemd/system/inside.target" <<F
[Unit]
Requires=basic.target
After=basic.target
Wants=inside.service
F
# Not chroot: in one, the kernel allows no user namespaces, which PrivateUsers= needs.
cd "$root"
mkdir .old
pivot_root . .old
umount -l /.old
# As on any system that systemd boots; what it mounts for a unit, credentials above all, must reach that unit.
mount --make-rshared /
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=lxc \
    /lib/systemd/systemd --unit=inside.target --log-target=journal
