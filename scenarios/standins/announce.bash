# Read by the stand-ins: notes that one was used, where rehearse looks for it, else for the reader's eyes.
announce() {
  if [ -n "${NLBOX_STANDINS:-}" ]; then
    printf '%s\n' "$*" >> "$NLBOX_STANDINS/used"
  else
    printf 'nlbox stand-in: %s\n' "$*" >&2
  fi
}
