from dashboard.shared.view_picker import render_view_picker
from dashboard.views.explore.augmentation import render_augmentation
from dashboard.views.explore.choices import FURTHER, TITLES, ExploreChoices, ExploreView
from dashboard.views.explore.classes import render_classes
from dashboard.views.explore.data_import import render_import
from dashboard.views.explore.data_quality import render_data_quality
from dashboard.views.explore.data_sets import render_data_sets
from dashboard.views.explore.digits import render_digits
from dashboard.views.explore.embedding import render_embedding
from dashboard.views.explore.header import render_header, render_origin
from dashboard.views.explore.measures import render_measures

context, dataset = render_header()
view = render_view_picker(ExploreChoices.view, TITLES, further=FURTHER)
if view is ExploreView.DATA_SETS:
    render_data_sets()
    render_import()
elif dataset is not None:
    render_origin(context, dataset)
    match view:
        case ExploreView.DIGITS:
            render_digits(dataset)
        case ExploreView.CLASSES:
            render_classes(dataset)
        case ExploreView.MEASURES:
            render_measures(dataset)
        case ExploreView.EMBEDDING:
            render_embedding(dataset)
        case ExploreView.DATA_QUALITY:
            render_data_quality(dataset)
        case ExploreView.AUGMENTATION:
            render_augmentation(dataset)
