"""Good first questions to the charts, which `medley demo` names."""

EXAMPLES = (
    (
        'sql "SELECT predicted_place, position, title, performer FROM music_charts.trends '
        "WHERE chart = 'top_50_us' AND predicted_place <= 5 ORDER BY predicted_place\""
    ),
)
