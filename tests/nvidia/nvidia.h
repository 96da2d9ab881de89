/* SPDX-License-Identifier: GPL-2.0 */
/* What one stand-in asks of the other. */
#ifndef NVIDIA_STAND_IN_H
#define NVIDIA_STAND_IN_H

/* How many GPUs there are. */
int nvidia_stand_in_gpus(void);

#endif
