"""Good first questions to the films, which `medley demo` names."""

EXAMPLES = (
    (
        'sql "SELECT decade, title, bayesian_mean, rating_count FROM movies.top_movies '
        "WHERE genre = 'Comedy' AND place = 1 ORDER BY decade\""
    ),
    (
        'sql "SELECT place, title, predicted_rating FROM movies.recommendations '
        'WHERE user_id = 1 AND place <= 5 ORDER BY place"'
    ),
)
