/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OCS_CHIMERAX_NAME_H
#define OCS_CHIMERAX_NAME_H

/* Names of files inside a ChimeraX command script.
 *
 * ChimeraX ends a command at a newline or a `;` outside quotes, a quoted word at its quote followed
 * by white space; `open` also expands `$NAME`, `~` and the patterns `* ? [`, and takes `word:` as a
 * database. There is no escape that holds in all of these. So a name goes into a script only when
 * it consists of letters, digits and
 * `. _ + - / space`, none of which means anything to any of them, inside double quotes and with a
 * leading `./` or `/` (which also keeps it from being a keyword or a database entry). Any other
 * name is left out of the commands. */

#include "text.h"

bool ocs_chimerax_name_is_harmless(const char *name);

/* "./name" or "/absolute/name", quoted. `name` must be harmless. */
void ocs_chimerax_put_name(struct ocs_text *text, const char *name);

/* For comments: every character that is not harmless becomes `_`. */
void ocs_chimerax_put_comment_name(struct ocs_text *text, const char *name);

#endif
