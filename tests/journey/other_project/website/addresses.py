"""Every address of the project."""

from django.urls import path

from guestbook import views

urlpatterns = [
    path("", views.front),
    path("-/alive", views.alive),
    path("-/ready", views.ready),
    path("entries/", views.sign),
    path("entries/<int:number>", views.entry),
    path("shout/", views.shout_it),
    path("shout/<str:task>", views.heard),
    path("shared/", views.shared),
    path("address/", views.address),
    path("style/", views.style_of_a_task),
    path("version/", views.version),
]
