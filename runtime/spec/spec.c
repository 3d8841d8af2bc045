/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/spec.h"
