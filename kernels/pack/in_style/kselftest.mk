# SPDX-License-Identifier: GPL-2.0
CFLAGS += -Wall -Wextra -Wno-missing-field-initializers $$(KHDR_INCLUDES)

TEST_GEN_PROGS := $name

include ../lib.mk
