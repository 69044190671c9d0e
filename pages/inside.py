from dashboard.shared.view_picker import render_view_picker
from dashboard.views.inside.activations import render_activations
from dashboard.views.inside.attribution import render_attribution
from dashboard.views.inside.choices import FURTHER, TITLES, InsideChoices, InsideView
from dashboard.views.inside.feature_pictures import render_feature_pictures
from dashboard.views.inside.filters import render_filters
from dashboard.views.inside.header import render_header
from dashboard.views.inside.knock_out import render_knock_out
from dashboard.views.inside.network import render_origin
from dashboard.views.inside.representation import render_representation
from dashboard.views.inside.through_time import render_through_time

network = render_header()
if network is not None:
    view = render_view_picker(InsideChoices.view, TITLES, further=FURTHER)
    render_origin(network)
    match view:
        case InsideView.ACTIVATIONS:
            render_activations(network)
        case InsideView.FILTERS:
            render_filters(network)
        case InsideView.ATTRIBUTION:
            render_attribution(network)
        case InsideView.PICTURES:
            render_feature_pictures(network)
        case InsideView.KNOCK_OUT:
            render_knock_out(network)
        case InsideView.REPRESENTATION:
            render_representation(network)
        case InsideView.THROUGH_TIME:
            render_through_time(network)
