"""Why a call was refused: every rule that can say so, who else can, and what would work."""
