/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

int main(void)
{
	puts("nfrun " NFRUN_VERSION);
	return 0;
}
